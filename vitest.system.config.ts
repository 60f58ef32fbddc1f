import { defineConfig } from 'vitest/config'

/** Tests that need parts from Debian's packages or a finished build: a real browser, a whole plant as processes, kill -9. */
export default defineConfig({
  resolve: { conditions: ['@edgeward/source', 'node'] },
  ssr: { resolve: { conditions: ['@edgeward/source', 'node'] } },
  test: {
    include: ['test/{system,faults}/**/*.test.ts'],
    globalSetup: ['packages/service/test/support/global-setup.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
})
