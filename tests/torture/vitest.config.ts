import { defineConfig } from 'vitest/config'

/** What takes minutes and is not part of `npm test`. */
export default defineConfig({
  test: {
    root: '.',
    include: ['tests/torture/**/*.torture.ts'],
    globalSetup: 'tests/support/build.ts',
    testTimeout: 900_000,
    maxWorkers: 1,
  },
})
