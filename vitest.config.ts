import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take minutes. Begun last, one of them would run on alone while the other core has nothing left to do. */
const longest = [
  /e2e\/(desk-pages|pages|terms-pages|journeys|editor|article-desk)\.test/,
  /hostile/,
  /delivery-killed/,
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => longest.some(name => name.test(moduleId))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))]
  }
}

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: 'tests/support/build.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: more workers than that only make the browser wait.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
})
