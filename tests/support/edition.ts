import path from 'node:path'
import type { World } from '../../src/app.js'
import { programFolder } from '../../src/config.js'
import { loadEdition } from '../../src/sample.js'
import { openPress, type Press } from './press.js'

/** A press that prints the sample edition, as a first start does. */
export async function openSampleEdition(
  environment: Record<string, string> = {},
  world: World = {},
): Promise<Press> {
  const press = await openPress(environment, world)
  await loadEdition(path.join(programFolder, 'data/sample'), press)
  return press
}
