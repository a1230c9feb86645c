import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: 'tests/support/build.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: more workers than that only make the browser wait.
    maxWorkers: 2,
  },
})
