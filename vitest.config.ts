import { existsSync, statfsSync } from 'node:fs'
import { freemem } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take minutes. Begun last, one of them would run on alone while the other core has nothing left to do. */
const longest = [/e2e\/(desk-pages|editor.*|pages|journeys|newsroom)\.test/, /hostile/, /floods/, /workers/]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => longest.some(name => name.test(moduleId))
    const sorted = await super.sort(files)
    return [...sorted.filter(isLong), ...sorted.filter(file => !isLong(file))]
  }
}

/** The memory that Linux offers as a folder. */
const MEMORY = '/dev/shm'
const ENOUGH = 8 * 2 ** 30

/**
 * Thousands of small databases are made and thrown away, and none has to outlive a power cut (tests/torture/ sees to that):
 * where memory holds them, nobody waits for a disk.
 */
function keepTemporaryFilesInMemory(): void {
  if (process.env.TMPDIR || !existsSync(MEMORY)) return
  const { bavail, bsize } = statfsSync(MEMORY)
  if (Math.min(bavail * bsize, freemem()) > ENOUGH) process.env.TMPDIR = MEMORY
}

keepTemporaryFilesInMemory()

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: 'tests/support/build.ts',
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores: more workers than that only make the browser wait.
    maxWorkers: 2,
    // What was loaded for one file serves the next: loading the program anew for each would take a third of the time.
    isolate: false,
    // A browser on a machine that others use may come late for once: such a test runs again, and the report names it (“retry x1”).
    retry: process.env.CI ? 1 : 0,
    sequence: { sequencer: LongestFirst },
  },
})
