import { cp, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, inject, test } from 'vitest'
import { lostOf, nothingLost, openCrowd, pause } from '../support/crowd.js'
import { canFail, errors, openFaults } from '../support/faults.js'
import { chance } from '../support/hostile-relay.js'
import { canMount, mountImage } from '../support/image.js'
import { temporaryFolder } from '../support/press.js'
import { serveProgram } from '../support/program.js'

const CUTS = Number(process.env.CUTS ?? 20)
const unmountable = 'needs root and loop devices (losetup, mkfs.ext4: apt-get install e2fsprogs mount)'

/** Fails the power again and again while a crowd writes. @returns what was lost each time */
async function failPower(
  cuts: number,
  environment: Record<string, string>,
  begin: (pid: number) => void = () => undefined,
) {
  const { folder, afterPowerCut } = await mountImage(192)
  const dataDir = path.join(folder, 'data')
  await cp(inject('edition'), dataDir, { recursive: true })
  const program = await serveProgram({
    ...{ DATA_DIR: dataDir, RATE_LIMITS: 'off', LOG_LEVEL: 'fatal' },
    ...{ SMTP_URL: 'smtp://127.0.0.1:9', ...environment },
  })
  const pid = program.child.pid ?? 0
  begin(pid)
  const crowd = await openCrowd({ readers: 12, sources: 4, pages: ['/', '/newsletter'] })
  crowd.goTo(program.url)
  const random = chance(2_026)
  const lost: ReturnType<typeof lostOf>[] = []
  for (let cut = 0; cut < cuts; cut++) {
    const before = crowd.acknowledgements()
    while (crowd.acknowledgements() < before + 20) await pause(5)
    await pause(random() * 1_000)
    process.kill(pid, 'SIGSTOP')
    // What was sent before that still arrives.
    await pause(100)
    const acknowledged = crowd.acknowledgedSoFar()
    lost.push(await afterPowerCut(found => lostOf(path.join(found, 'data'), acknowledged)))
    process.kill(pid, 'SIGCONT')
  }
  await crowd.disperse()
  program.child.kill('SIGKILL')
  await program.ended
  process.stdout.write(
    `${JSON.stringify({ cuts, acknowledged: crowd.acknowledgements(), answers: crowd.answers(), lost: lost.map(({ signUps, tips }) => signUps + tips) })}\n`,
  )
  return { lost, answers: crowd.answers() }
}

test.skipIf(!canMount)(
  `the power fails ${CUTS} times under load: all that was acknowledged is there (${unmountable})`,
  async () => {
    const { lost } = await failPower(CUTS, {})
    expect(lost).toEqual(Array.from({ length: CUTS }, () => nothingLost))
  },
  1_800_000,
)

test.skipIf(!canMount)(
  `without syncs of the log the same power cuts do lose something, so they would be seen (${unmountable})`,
  async () => {
    const shim = path.join(await temporaryFolder(), 'no-sync.mjs')
    await writeFile(
      shim,
      `import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
fs.fdatasync = (_descriptor, done) => setImmediate(done, null)
syncBuiltinESMExports()
`,
    )
    const { lost } = await failPower(3, { NODE_OPTIONS: `--import ${shim}` })
    expect(lost.reduce((sum, { signUps, tips }) => sum + signUps + tips, 0)).toBeGreaterThan(0)
  },
  600_000,
)

test.skipIf(!canMount || !canFail)(
  `every twentieth sync fails, and then the power: all that was acknowledged is there (${unmountable}; apt-get install fiu-utils)`,
  async () => {
    const { environment, fail } = await openFaults()
    const { lost, answers } = await failPower(CUTS, environment, pid =>
      fail(pid, 'posix/io/sync/*', { error: errors.EIO, probability: 0.05 }),
    )
    expect(lost).toEqual(Array.from({ length: CUTS }, () => nothingLost))
    expect(Object.keys(answers).filter(answer => answer.startsWith('read'))).toEqual(['read 200'])
  },
  1_800_000,
)
