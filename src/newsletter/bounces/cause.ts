import type { OpenedMail } from './opened.js'

const LONGEST = 8_000
const shown = ['from', 'to', 'subject', 'date', 'auto-submitted', 'x-failed-recipients']

/** What is kept of a message so that people can see why something was decided: never the mail that came back itself. */
export function causeOf(mail: OpenedMail | undefined, raw: Buffer): string {
  if (!mail) return printable(raw.subarray(0, 1_000).toString('latin1'))
  const head = shown.flatMap(name =>
    (mail.fields.get(name) ?? []).slice(0, 1).map(value => `${name}: ${value.slice(0, 300)}`),
  )
  const report = mail.deliveryStatus ?? mail.feedback ?? mail.disposition
  return printable(
    [head.join('\n'), report?.slice(0, 4_000).trim(), mail.text.slice(0, 3_000).trim()]
      .filter(Boolean)
      .join('\n\n'),
  )
}

/** Text without what no page and no database can show, at most 8 KB. */
export function printable(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '\uFFFD')
    .toWellFormed()
    .slice(0, LONGEST)
    .toWellFormed()
}
