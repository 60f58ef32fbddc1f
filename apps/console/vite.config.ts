import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'

/** The pages are built from the sources of the workspace: the contract with the service needs no build of its own. */
export default defineConfig({
  plugins: [react()],
  resolve: { conditions: ['@edgeward/source', ...defaultClientConditions] },
  build: {
    outDir: 'dist/web',
    emptyOutDir: true,
    target: 'es2022',
    // Everything comes from the service itself, as the content security policy demands: nothing is inlined as data.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': process.env.EDGEWARD_SERVICE ?? 'http://127.0.0.1:8080' } },
})
