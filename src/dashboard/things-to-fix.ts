import type { HeldBack } from '../newsletter/index.js'

/** Something to see to: what it is, why it matters and what to do, and where. */
export interface Notice {
  title: string
  text: string
  links?: { label: string; path: string }[]
  /** what can be done about it at once */
  deeds?: { label: string; action: string; confirm: string }[]
}

/** The state of the machine and the paper that notices are made of. */
export interface State {
  /** path of the newsroom's secret key, while it lies on this machine */
  keyOnServer: string | undefined
  https: boolean
  smtp: boolean
  dataDir: string
  /** when the last backup was made, ISO 8601 */
  lastBackup: string | undefined
  /** why the last one failed */
  backupProblem: string | undefined
  now: Date
}

const WEEK = 7 * 86_400_000

/** What the owner should see to on the machine, most pressing first. */
export function machineNotices({
  keyOnServer,
  https,
  smtp,
  dataDir,
  lastBackup,
  now,
  backupProblem,
}: State): Notice[] {
  const notices: Notice[] = []
  if (keyOnServer) {
    notices.push({
      title: 'The newsroom’s secret key is still on this machine',
      text: `Whoever takes the machine can read every tip. Move ${keyOnServer} to a machine of the newsroom, keep a copy there, and delete it here.`,
    })
  }
  notices.push(...backupNotices({ lastBackup, backupProblem, now }))
  if (!https) {
    notices.push({
      title: 'The paper is not served over https',
      text: 'Passwords and tips can be read on their way. Put a certificate in front of the program and set SITE_URL to its https:// address.',
    })
  }
  if (!smtp) {
    notices.push({
      title: 'Mail is not sent yet',
      text: `No relay is set, so each message is written to ${dataDir}/outbox. Set SMTP_URL and start again.`,
    })
  }
  return notices
}

const toBackups = [{ label: 'Backups', path: '/admin/backups' }]

function backupNotices({
  lastBackup,
  backupProblem,
  now,
}: Pick<State, 'lastBackup' | 'backupProblem' | 'now'>): Notice[] {
  if (backupProblem) return [{ title: 'The last backup failed', text: backupProblem, links: toBackups }]
  if (!lastBackup)
    return [
      {
        title: 'No backup has been made',
        text: 'If this machine is lost, so is the paper. Make a backup, switch on the daily one, and see to it that copies lie on another machine.',
        links: toBackups,
      },
    ]
  if (now.getTime() - Date.parse(lastBackup) <= WEEK) return []
  return [
    {
      title: 'The last backup is older than a week',
      text: `It was made on ${lastBackup.slice(0, 10)}. Make a new one, and keep it on another machine.`,
      links: toBackups,
    },
  ]
}

interface Titled {
  id: string
  title: string
}

/** What editors should see to in the paper. */
export function paperNotices(mend: {
  held: Titled[]
  heroesWithoutAlt: Titled[]
  picturesWithoutAlt: number
}): Notice[] {
  const { held, heroesWithoutAlt, picturesWithoutAlt } = mend
  const notices: Notice[] = []
  if (held.length) {
    notices.push({
      title: `${counted(held.length, 'scheduled article is', 'scheduled articles are')} held`,
      text: 'They are overdue, but this database was put back from a backup, or something in them keeps them from going out. Publish each one now, or schedule it anew.',
      links: firstOf(held),
    })
  }
  if (heroesWithoutAlt.length) {
    notices.push({
      title: `${counted(heroesWithoutAlt.length, 'published article has', 'published articles have')} a picture without a description`,
      text: 'Readers who cannot see it do not learn what it shows. Describe it at the article.',
      links: firstOf(heroesWithoutAlt),
    })
  }
  if (picturesWithoutAlt > 0) {
    notices.push({
      title: `${counted(picturesWithoutAlt, 'picture', 'pictures')} of the library without a description`,
      text: 'A description that stands in the library is offered wherever the picture is used.',
      links: [{ label: 'Show them', path: '/admin/media?show=without-alt' }],
    })
  }
  return notices
}

/** What editors should decide about mail after the database was put back from a backup. @param held how many mails */
export function heldMailNotices(held: number): Notice[] {
  if (held === 0) return []
  return [
    {
      title: `${counted(held, 'mail waits', 'mails wait')} since the restore`,
      text: 'This database was put back from a backup or moved to another machine. What was to be mailed then, confirmations and messages to colleagues, may have gone out before: send it if it did not.',
      deeds: [
        {
          label: 'Send them',
          action: '/admin/mail/held/release',
          confirm: 'Whoever got one of these mails before gets it again. Send them all?',
        },
        {
          label: 'Discard them',
          action: '/admin/mail/held/discard',
          confirm: 'These mails will never be sent, and cannot be brought back. Discard them all?',
        },
      ],
    },
  ]
}

/** What editors are told of tips that end soon. @param expiring how many */
export function tipNotices(expiring: number): Notice[] {
  if (expiring === 0) return []
  return [
    {
      title: `${counted(expiring, 'tip', 'tips')} will be shredded within seven days`,
      text: 'A tip is kept for so long after the last message from either side. Answer it or pin it to keep it for longer.',
      links: [{ label: 'Show them', path: '/admin/tips?show=expiring' }],
    },
  ]
}

/** What editors are told while more sign up than are written to. */
export function signUpNotices(held: HeldBack | undefined): Notice[] {
  if (!held) return []
  const { waiting, lately, most, full } = held
  const where = most && most.count > waiting / 2 ? `, ${most.count} of them at ${most.domain}` : ''
  return [
    {
      title: 'Sign-ups are being held back',
      text: `${counted(waiting, 'confirmation waits', 'confirmations wait')} (${lately} of the last hour${where}), since more addresses were entered than are written to in an hour. They go out by and by, so a program that enters thousands of addresses gains nothing.${full ? ' Whoever signs up now is asked to come back in an hour.' : ''}`,
      links: [{ label: 'Show who is not confirmed', path: '/admin/newsletter/readers?state=pending' }],
    },
  ]
}

function firstOf(articles: Titled[]) {
  return articles
    .slice(0, 5)
    .map(({ id, title }) => ({ label: title || 'Untitled', path: `/admin/articles/${id}` }))
}

// The queries stop counting at a hundred or a thousand.
function counted(count: number, one: string, many: string): string {
  if (count === 1) return `One ${one}`
  return `${count === 100 || count === 1_000 ? `${count} or more` : count} ${many}`
}
