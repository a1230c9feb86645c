import type { Database } from '../foundation/database.js'
import { keyOnServer } from './sealing/newsroom-key.js'
import { tipsRepository } from './store/index.js'

export { tipCommands } from './commands.js'
export { openNewsroomDoor } from './newsroom/index.js'
export { sourceDoor, tipErrorPages } from './source/index.js'
export { type Nameplate, openTipStore, sealedNames } from './store/index.js'

/**
 * To how many keys of the newsroom's own tips are sealed, and where one's secret half lies on this machine.
 * @param db the tip line's own; undefined before it was opened for the first time
 */
export async function newsroomKeys(
  db: Database | undefined,
  dataDir: string,
): Promise<{ count: number; onServer: string | undefined }> {
  const recipients = db ? await tipsRepository(db).recipients() : []
  return { count: recipients.length, onServer: keyOnServer(dataDir) }
}
