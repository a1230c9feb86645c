import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, inject, test } from 'vitest'
import { type Crowd, lostOf, nothingLost, openCrowd, pause } from '../support/crowd.js'
import { canFail, errors, openFaults } from '../support/faults.js'
import { canMount, mountTmpfs } from '../support/image.js'
import { temporaryFolder } from '../support/press.js'
import { type Program, serveProgram } from '../support/program.js'
import { ask } from '../support/workers.js'

const pages = ['/', '/newsletter', '/tips', '/search?q=press', '/feed.xml', '/healthz']
const LASTS = 10_000

/** Lets trouble last for a while. @returns how long after its end a sign-up and a tip are taken, in milliseconds */
async function suffer(
  crowd: Crowd,
  program: Program,
  cause: { begin(): unknown; end(): unknown; taken?: string[] },
) {
  await cause.begin()
  await pause(LASTS)
  const answers = crowd.answers()
  const state = await ask(`${program.url}/readyz`)
  await cause.end()
  crowd.forgetAnswers()
  const ended = performance.now()
  for (const write of cause.taken ?? ['sign-up 200', 'tip 200'])
    await expect.poll(() => crowd.answers()[write] ?? 0, { timeout: 30_000, interval: 20 }).toBeGreaterThan(0)
  const recovered = Math.round(performance.now() - ended)
  process.stdout.write(`${JSON.stringify({ recovered, answers, ready: state.body })}\n`)
  return { recovered, answers }
}

// Softly, here and below: a program that answers amiss must still come to the count of what it lost.
const onlyGood = (answers: Record<string, number>, what: string) =>
  expect.soft(Object.keys(answers).filter(answer => answer.startsWith(what))).toEqual([`${what} 200`])

const refusedOrStored = (answers: Record<string, number>) =>
  expect.soft(Object.keys(answers).filter(answer => !/ (200|503)$/.test(answer))).toEqual([])

/** Suffers so that pages are read, what is not stored is refused, and all is over soon after its cause. */
async function bears(...trouble: Parameters<typeof suffer>): Promise<Record<string, number>> {
  const { recovered, answers } = await suffer(...trouble)
  expect.soft(recovered).toBeLessThan(5_000)
  onlyGood(answers, 'read')
  refusedOrStored(answers)
  return answers
}

/** @param first how much is to be acknowledged before trouble begins */
async function served(environment: Record<string, string>, first = 20) {
  const program = await serveProgram({
    ...{ RATE_LIMITS: 'off', LOG_LEVEL: 'fatal', SMTP_URL: 'smtp://127.0.0.1:9' },
    ...environment,
  })
  const crowd = await openCrowd({ readers: 8, sources: 4, pages })
  crowd.goTo(program.url)
  while (crowd.acknowledgements() < first) await pause(10)
  crowd.forgetAnswers()
  return { program, crowd, pid: program.child.pid ?? 0 }
}

async function settle({ program, crowd }: { program: Program; crowd: Crowd }): Promise<void> {
  await crowd.disperse()
  expect(program.child.exitCode).toBeNull()
  program.child.kill('SIGKILL')
  await program.ended
}

test.skipIf(!canFail)(
  'writes fail, some and then all: none is acknowledged without its row, pages are read, it ends with its cause (apt-get install fiu-utils)',
  async () => {
    const faults = await openFaults()
    const { program, crowd, pid } = await served(faults.environment)
    const writes = 'posix/io/rw/pwrite'
    for (const [error, probability] of [
      [errors.EIO, 0.05],
      [errors.EIO, 1],
      [errors.ENOSPC, 1],
    ] as const) {
      const answers = await bears(crowd, program, {
        begin: () => faults.fail(pid, writes, { error, probability }),
        end: () => faults.mend(pid, writes),
      })
      expect.soft(answers['sign-up 503'] ?? 0).toBeGreaterThan(0)
    }
    await settle({ program, crowd })
    expect(lostOf(program.dataDir, crowd.acknowledged)).toEqual(nothingLost)
  },
  300_000,
)

test.skipIf(!canFail)(
  'all syncs fail, then files cannot be opened: the same holds (apt-get install fiu-utils)',
  async () => {
    const faults = await openFaults()
    const { program, crowd, pid } = await served(faults.environment)
    for (const [call, error] of [
      ['posix/io/sync/*', errors.EIO],
      ['posix/io/oc/open', 24],
    ] as const) {
      const answers = await bears(crowd, program, {
        begin: () => faults.fail(pid, call, { error }),
        end: () => faults.mend(pid, call),
      })
      expect.soft(answers['tip 503'] ?? 0).toBeGreaterThan(0)
    }
    await settle({ program, crowd })
    expect(lostOf(program.dataDir, crowd.acknowledged)).toEqual(nothingLost)
  },
  300_000,
)

test.skipIf(!canMount)(
  'a disk of 4 MB fills: the same holds, and once there is room all goes on (needs root, to mount a tmpfs)',
  async () => {
    const disk = await mountTmpfs(4)
    const dataDir = path.join(await temporaryFolder(), 'data')
    await cp(inject('edition'), dataDir, { recursive: true })
    await cp(path.join(dataDir, 'tips'), path.join(disk, 'tips'), { recursive: true })
    await rm(path.join(dataDir, 'tips'), { recursive: true })
    await symlink(path.join(disk, 'tips'), path.join(dataDir, 'tips'))
    const database = path.join(disk, 'site.db')
    await cp(path.join(dataDir, 'site.db'), database)
    await mkdir(path.join(disk, 'tips'), { recursive: true })
    const filler = path.join(disk, 'filler')
    await writeFile(filler, Buffer.alloc(1_048_576))
    const { program, crowd } = await served({ DATA_DIR: dataDir, DATABASE_URL: `sqlite:${database}` }, 0)
    const answers = await bears(crowd, program, {
      begin: () =>
        expect.poll(() => crowd.answers()['sign-up 503'] ?? 0, { timeout: 120_000 }).toBeGreaterThan(0),
      end: () => rm(filler),
      // They fill what there is before a tip has come.
      taken: ['sign-up 200'],
    })
    expect.soft(answers['sign-up 503'] ?? 0).toBeGreaterThan(0)
    await settle({ program, crowd })
    expect(lostOf(dataDir, crowd.acknowledged, database)).toEqual(nothingLost)
  },
  300_000,
)
