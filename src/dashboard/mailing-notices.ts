import type { NewsletterService } from '../newsletter/index.js'
import type { Notice } from './things-to-fix.js'

type Attention = Awaited<ReturnType<NewsletterService['attention']>>

/** What editors should see to in issues under way. */
export function mailingNotices({ held, unknown, waiting }: Attention): Notice[] {
  const notices: Notice[] = []
  if (waiting.length) {
    notices.push({
      title:
        waiting.length === 1
          ? 'A scheduled issue of the newsletter was not sent'
          : 'Scheduled issues of the newsletter were not sent',
      text: 'It was due, but nothing that it holds is published now, or this database was put back from a backup. Send it, choose another time, or make it a draft again.',
      links: waiting.map(({ id, subject }) => ({ label: subject, path: `/admin/newsletter/issues/${id}` })),
    })
  }
  if (held.length) {
    notices.push({
      title: held.length === 1 ? 'An issue of the newsletter is held' : 'Issues of the newsletter are held',
      text: 'This database was put back from a backup, and readers may have got the rest of the issue after that backup was made. Let it go out, or cancel it.',
      links: held.map(linkTo),
    })
  }
  if (unknown.length) {
    notices.push({
      title: 'Nobody knows whether some mails arrived',
      text: 'The program or the connection stopped while they were being sent. Decide for each whether it is sent again or left.',
      links: unknown.map(linkTo),
    })
  }
  return notices
}

function linkTo({ issueId, number, subject }: { issueId: string; number: number; subject: string }) {
  return { label: `Issue ${number}: ${subject}`, path: `/admin/newsletter/mailings/${issueId}` }
}
