import { expect, test } from 'vitest'
import { lostOf, nothingLost, openCrowd, pause } from '../support/crowd.js'
import { chance } from '../support/hostile-relay.js'
import { temporaryFolder } from '../support/press.js'
import { serveProgram } from '../support/program.js'
import { serveTogether } from '../support/workers.js'

const KILLS = Number(process.env.KILLS ?? 50)
const ACKNOWLEDGED = Number(process.env.ACKNOWLEDGED ?? 25_000)

test.each([1, 2])(
  '%i process(es), killed at random under load: what was acknowledged is there',
  async workers => {
    const dataDir = await temporaryFolder()
    const environment = {
      DATA_DIR: dataDir,
      RATE_LIMITS: 'off',
      LOG_LEVEL: 'info',
      SMTP_URL: 'smtp://127.0.0.1:9',
    }
    const crowd = await openCrowd({ readers: 24, sources: 8 })
    const random = chance(2_026)
    let kills = 0
    while (kills < KILLS || crowd.acknowledgements() < ACKNOWLEDGED) {
      kills += 1
      const company = workers > 1 ? await serveTogether(workers, environment) : undefined
      const program = company ?? (await serveProgram(environment))
      crowd.goTo(program.url)
      const enough = (ACKNOWLEDGED / KILLS) * kills - random() * 200
      while (crowd.acknowledgements() < enough) await pause(20)
      await pause(random() * 100)
      // All of them at once, the first process before or after its workers.
      const all = [...(company?.workers() ?? []), program.child.pid ?? 0].sort(() => random() - 0.5)
      for (const pid of all) process.kill(pid, 'SIGKILL')
      crowd.goTo('')
      await program.ended
    }
    await crowd.disperse()
    expect(lostOf(dataDir, crowd.acknowledged)).toEqual(nothingLost)
    process.stdout.write(
      `${JSON.stringify({ workers, kills, acknowledged: crowd.acknowledgements(), cut: crowd.cut(), answers: crowd.answers() })}\n`,
    )
  },
  3_600_000,
)
