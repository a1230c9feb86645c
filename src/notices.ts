import type { Config } from './config.js'
import type { Notice } from './staff/index.js'
import type { TipsService } from './tips/index.js'

/**
 * What the owner should see to, most pressing first.
 * @param held how many overdue articles wait for an editor
 */
export function notesForTheOwner(config: Config, tips: TipsService, held: number): Notice[] {
  const notices: Notice[] = []
  if (held) {
    notices.push({
      title: held === 1 ? 'A scheduled article is held' : `${held} scheduled articles are held`,
      text: 'They are overdue, but this database was put back from a backup, or something in them keeps them from going out. Open Articles, Scheduled, and publish or reschedule each.',
    })
  }
  const key = tips.keyOnServer()
  if (key) {
    notices.push({
      title: 'The newsroom’s secret key is still on this machine',
      text: `Whoever takes the machine can read every tip. Move ${key} to a machine of the newsroom, keep a copy there, and delete it here.`,
    })
  }
  if (config.smtpUrls.length === 0) {
    notices.push({
      title: 'Mail is not sent yet',
      text: `No relay is set, so each message is written to ${config.dataDir}/outbox. Set SMTP_URL and start again.`,
    })
  }
  return notices
}
