import '@mantine/core/styles/baseline.css'
import '@mantine/core/styles/default-css-variables.css'
import '@mantine/core/styles/global.css'
import '@mantine/core/styles/ScrollArea.css'
import '@mantine/core/styles/UnstyledButton.css'
import '@mantine/core/styles/VisuallyHidden.css'
import '@mantine/core/styles/Paper.css'
import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Group.css'
import '@mantine/core/styles/Loader.css'
import '@mantine/core/styles/Overlay.css'
import '@mantine/core/styles/ModalBase.css'
import '@mantine/core/styles/Input.css'
import '@mantine/core/styles/InlineInput.css'
import '@mantine/core/styles/Flex.css'
import '@mantine/core/styles/Button.css'
import '@mantine/core/styles/ActionIcon.css'
import '@mantine/core/styles/Combobox.css'
import '@mantine/core/styles/FloatingIndicator.css'
import '@mantine/core/styles/SegmentedControl.css'
import './styles/tokens.css'
import './styles/base.css'
import { MantineProvider } from '@mantine/core'
import { QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { hearOf } from './api/activity.ts'
import { activity } from './api/client.ts'
import { isSignedOut } from './api/problem.ts'
import { loseSession } from './api/queries.ts'
import { makeRouter } from './router.tsx'
import { schemeManager, theme } from './theme.ts'

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: error => {
      if (isSignedOut(error)) void loseSession(client)
    },
  }),
  defaultOptions: { queries: { retry: (failures, error) => !isSignedOut(error) && failures < 2, staleTime: 2_000 } },
})
const router = makeRouter()
hearOf(activity, window)

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element #root')
// Variables and global classes of Mantine would come as style tags, which the content security policy refuses: the
// variables stand in tokens.css, the classes are not used.
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={schemeManager}
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
