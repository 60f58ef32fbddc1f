import { defineConfig } from 'vitest/config'

/** Tests run the sources: the workspace packages resolve to src by the condition `@edgeward/source`, no build needed. */
export default defineConfig({
  resolve: { conditions: ['@edgeward/source', 'node'] },
  ssr: { resolve: { conditions: ['@edgeward/source', 'node'] } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'apps/cli/test/**/*.test.ts',
      'apps/console/test/**/*.test.ts',
      'test/{arch,scenarios,conformance,simulation}/**/*.test.ts',
    ],
    globalSetup: ['packages/service/test/support/global-setup.ts'],
    // The default leaves one core idle, which is half of a small machine.
    maxWorkers: '100%',
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
