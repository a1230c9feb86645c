import { z } from 'zod'

/** What a column of a file may hold. The names are those of our own export. */
export const fields = [
  'email',
  'name',
  'surname',
  'status',
  'frequency',
  'sections',
  'joined_at',
  'consented_at',
  'confirmed_at',
  'unsubscribed_at',
  'source',
  'suppressed',
  'suppressed_at',
  'suppressed_detail',
] as const
export type Field = (typeof fields)[number]

/** Which column holds what, by its place in the line, from 0. */
export const Columns = z.partialRecord(z.enum(fields), z.int().min(0).max(1_000))
export type Columns = z.infer<typeof Columns>

// As our own export, Mailchimp, listmonk, Ghost, Substack, Buttondown and Kit call them, letters and digits only.
const names: Record<Field, string[]> = {
  email: ['email', 'emailaddress', 'mail', 'mailaddress', 'subscriberemail', 'address'],
  name: ['name', 'fullname', 'subscribername', 'displayname', 'firstname', 'fname', 'givenname'],
  surname: ['surname', 'lastname', 'lname', 'familyname'],
  status: ['status', 'state', 'subscriptionstatus', 'subscribedtoemails', 'subscribed', 'membertype'],
  frequency: ['frequency'],
  sections: ['sections'],
  joined_at: [
    'joinedat',
    'createdat',
    'created',
    'subscribedat',
    'signupdate',
    'dateadded',
    'subscriptiondate',
  ],
  consented_at: ['consentedat', 'optintime', 'optindate', 'consent'],
  confirmed_at: ['confirmedat', 'confirmtime', 'confirmationtime'],
  unsubscribed_at: ['unsubscribedat', 'unsubtime', 'unsubscribedate'],
  source: ['source', 'acquisitionsource', 'signupsource'],
  suppressed: ['suppressed', 'emaildisabled', 'blocklisted', 'bounced'],
  suppressed_at: ['suppressedat', 'cleantime'],
  suppressed_detail: ['suppresseddetail'],
}

/** Guesses by the column names which column holds what. */
export function guessColumns(header: string[]): Columns {
  const plain = header.map(name => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''))
  const columns: Columns = {}
  for (const field of fields) {
    const known = names[field].find(name => plain.includes(name))
    if (known !== undefined) columns[field] = plain.indexOf(known)
  }
  return columns
}
