import type { SimpleParserOptions } from 'mailparser'

/** Of each message no more than this is looked at, in bytes; what tells something stands at its beginning. */
export const MOST_READ = 1_048_576
const LONGEST_TEXT = 16_384
const LONGEST_FIELD = 4_000

/** A message in the parts that tell something. */
export interface OpenedMail {
  /** values of the fields of its head, by name in lower case, unfolded */
  fields: Map<string, string[]>
  from: string
  subject: string
  /** `multipart/report`, in lower case */
  type: string
  text: string
  /** a machine's account of what became of the mail (RFC 3464, RFC 6533) */
  deliveryStatus?: string | undefined
  /** somebody's complaint (RFC 5965) */
  feedback?: string | undefined
  /** that it was read, or thrown away (RFC 8098) */
  disposition?: string | undefined
  /** the head, or all, of the mail that came back */
  returned?: string | undefined
}

/**
 * Takes a message apart. Whatever it holds, this yields something.
 * @returns undefined when it cannot be read as mail at all
 */
export async function openMail(raw: Buffer): Promise<OpenedMail | undefined> {
  // A megabyte of tables of character sets, for what seldom comes.
  const { simpleParser } = await import('mailparser')
  try {
    const mail = await simpleParser(withoutInline(raw.subarray(0, MOST_READ)), {
      ...{ skipTextToHtml: true, skipImageLinks: true, keepDeliveryStatus: true, checksumAlgo: false },
      maxHtmlLengthToParse: 200_000,
    } satisfies SimpleParserOptions)
    const fields = fieldsOf(mail.headerLines)
    const attached = mail.attachments.map(({ contentType, content }) => ({
      type: contentType.toLowerCase(),
      content: content.subarray(0, LONGEST_TEXT).toString('utf8'),
    }))
    const part = (type: RegExp) => attached.find(one => type.test(one.type))?.content
    return {
      fields,
      from: mail.from?.text ?? fields.get('from')?.[0] ?? '',
      subject: mail.subject ?? '',
      type: (fields.get('content-type')?.[0] ?? 'text/plain').split(';', 1)[0]?.trim().toLowerCase() ?? '',
      text: (mail.text || htmlAsText(mail.html || '')).slice(0, LONGEST_TEXT),
      deliveryStatus: part(/^message\/(global-)?delivery-status$/),
      feedback: part(/^message\/feedback-report$/),
      disposition: part(/^message\/(global-)?disposition-notification$/),
      returned: part(/^message\/(rfc822|global)$|^text\/rfc822-headers$|^message\/global-headers$/),
    }
  } catch {
    return undefined
  }
}

// The parser melts a mail that is shown inside of another into that one; here they must stay apart, as what came back is no report.
function withoutInline(raw: Buffer): Buffer {
  return Buffer.from(
    raw
      .toString('latin1')
      .replace(/^content-disposition:([ \t]*)inline/gim, 'Content-Disposition:$1attachment'),
    'latin1',
  )
}

function fieldsOf(lines: readonly { key: string; line: string }[]): Map<string, string[]> {
  const fields = new Map<string, string[]>()
  for (const { key, line } of lines.slice(0, 200)) {
    const value = line.slice(line.indexOf(':') + 1).replace(/\r?\n[ \t]+/g, ' ')
    fields.set(key, [...(fields.get(key) ?? []), value.trim().slice(0, LONGEST_FIELD)])
  }
  return fields
}

// Only for words to be found in it; it is never shown as a page.
function htmlAsText(html: string): string {
  return html
    .slice(0, 100_000)
    .replace(/<(style|script)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]{0,2000}>/g, '\n')
}

/** The groups of fields of a report: the first is about the whole, each other one about a recipient (RFC 3464, 2.1). */
export function fieldGroups(text: string): Map<string, string>[] {
  return text
    .replace(/\r\n?/g, '\n')
    .split(/\n[ \t]*\n/)
    .slice(0, 100)
    .map(group => {
      const fields = new Map<string, string>()
      for (const line of group.replace(/\n[ \t]+/g, ' ').split('\n')) {
        const found = /^([\w-]{1,60})[ \t]*:[ \t]*(.*)$/.exec(line)
        if (found?.[1] && !fields.has(found[1].toLowerCase()))
          fields.set(found[1].toLowerCase(), (found[2] ?? '').trim())
      }
      return fields
    })
    .filter(fields => fields.size > 0)
}
