import { cp } from 'node:fs/promises'
import { inject } from 'vitest'
import type { World } from '../../src/app.js'
import { openPress, type Press, temporaryFolder } from './press.js'

/** A press that has printed the sample edition, as a first start does. */
export async function openSampleEdition(
  environment: Record<string, string> = {},
  world: World = {},
): Promise<Press> {
  return openPress({ DATA_DIR: await editionFolder(), ...environment }, world)
}

/** A data directory of its own that holds the sample edition; gone after the test. */
export async function editionFolder(): Promise<string> {
  const folder = await temporaryFolder()
  await cp(inject('edition'), folder, { recursive: true })
  return folder
}
