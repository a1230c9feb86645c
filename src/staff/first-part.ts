import type { Readable } from 'node:stream'

/** As much as a form's first part, with its token, can take. */
const MOST_BYTES = 1_024
// RFC 7578, as browsers write a field that is no file.
const FIRST_FIELD =
  /^(?:\r\n)?--[^\r\n]{1,200}\r\nContent-Disposition: form-data; name="([^"\r\n]{1,40})"\r\n\r\n([^\r\n]{0,400})\r\n--/i

/**
 * Looks at the first part of a form that brings files, before anything reads it, and puts back what was looked at: files are taken
 * while they arrive, so whether they may come has to stand before them.
 * @returns the field that comes first; undefined when that is a file, or nothing of this form
 */
export async function firstField(form: Readable): Promise<{ name: string; value: string } | undefined> {
  let seen = Buffer.alloc(0)
  for (;;) {
    const chunk = form.read() as Buffer | null
    if (chunk) seen = Buffer.concat([seen, chunk])
    const [, name, value = ''] = FIRST_FIELD.exec(seen.toString('latin1', 0, MOST_BYTES)) ?? []
    if (name !== undefined || seen.length >= MOST_BYTES) {
      // At once, or a short form would be over.
      form.unshift(seen)
      return name === undefined ? undefined : { name, value }
    }
    if (!chunk && !(await more(form))) return undefined
  }
}

/** Waits for more to read. @returns false when nothing comes any more */
function more(form: Readable): Promise<boolean> {
  if (form.readableEnded || form.destroyed) return Promise.resolve(false)
  return new Promise(resolve => {
    const events = ['readable', 'end', 'close', 'error'] as const
    const settle = (): void => {
      for (const event of events) form.off(event, settle)
      resolve(form.readableLength > 0)
    }
    for (const event of events) form.on(event, settle)
  })
}
