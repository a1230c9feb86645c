import type { Clock } from '../../foundation/clock.js'
import { firstRecipient, keyOnServer } from '../sealing/newsroom-key.js'
import { type TipStore, tipsRepository } from '../store/index.js'

export interface NewsroomServices {
  store: TipStore
  clock: Clock
  dataDir: string
  /** recipients that the operator named */
  operatorRecipients: string[]
}

export function newsroomService({ store, clock, dataDir, operatorRecipients }: NewsroomServices) {
  const repository = tipsRepository(store.db)

  return {
    /** How many tips nobody has read; at most 1,000 are counted. */
    waiting: () => repository.count(1_000, { state: 'new' }),

    /** To whom tips are sealed now; nobody means that the tip line is closed. */
    async recipients(): Promise<string[]> {
      return [...new Set([...operatorRecipients, ...(await repository.recipients())])]
    },

    /** The path of the newsroom's secret key while it still lies on this machine. */
    keyOnServer: () => keyOnServer(dataDir),

    /** Makes a key pair while there is nobody to seal tips to. @returns where its secret half lies; undefined when none was made */
    async makeFirstKey(): Promise<string | undefined> {
      // A newsroom that has taken its last key out closed the tip line on purpose: no start opens it again.
      if (operatorRecipients.length || (await repository.hadRecipients())) return undefined
      const day = clock().toISOString().slice(0, 10)
      await repository.addRecipient(await firstRecipient(dataDir, day), day)
      return keyOnServer(dataDir)
    },
  }
}
