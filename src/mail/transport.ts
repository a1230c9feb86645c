import { createHash } from 'node:crypto'
import { mkdir, open, rename } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import nodemailer from 'nodemailer'
import type { Waiting } from './schema.js'

/** Nobody took the mail; `final` tells whether another try is of any use. */
export class Undelivered extends Error {
  override name = 'Undelivered'
  constructor(
    message: string,
    readonly final: boolean,
  ) {
    super(message)
  }
}

export interface Transport {
  /** Resolves once the mail is somebody else's to keep. Throws `Undelivered`. */
  deliver(mail: Waiting): Promise<void>
  close(): void
}

const HALF_A_MINUTE = 30_000

/**
 * Relays in their order: the next takes over when one cannot be reached or says "not now" (4xx). A relay's refusal
 * (5xx) is final: another relay would spend its reputation on the same address.
 * @param from the address that mail comes from
 */
export function relays(urls: string[], from: string): Transport {
  const pools = urls.map(url =>
    nodemailer.createTransport({
      url,
      pool: true,
      maxConnections: 4,
      connectionTimeout: HALF_A_MINUTE,
      greetingTimeout: HALF_A_MINUTE,
      socketTimeout: 2 * HALF_A_MINUTE,
      disableFileAccess: true,
      disableUrlAccess: true,
    } as never),
  )
  return {
    async deliver(mail) {
      let last = new Undelivered('No relay was tried.', false)
      for (const pool of pools) {
        try {
          await pool.sendMail(fields(mail, from))
          return
        } catch (error) {
          last = refusal(error as Error & { responseCode?: number })
          if (last.final) break
        }
      }
      throw last
    },
    close: () => {
      for (const pool of pools) pool.close()
    },
  }
}

/** Writes each mail as a file that any mail program opens: what happens while no relay is set. */
export function mailFolder(folder: string, from: string): Transport {
  const composer = nodemailer.createTransport({ streamTransport: true, newline: 'windows' })
  return {
    async deliver(mail) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const { message } = (await composer.sendMail(fields(mail, from) as never)) as { message: Readable }
      const unfinished = path.join(folder, `${mail.id}.part`)
      const handle = await open(unfinished, 'w', 0o600)
      try {
        await handle.writeFile(await buffer(message))
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(unfinished, path.join(folder, `${mail.id}.eml`))
    },
    close: () => undefined,
  }
}

function fields(mail: Waiting, from: string) {
  return {
    from: { name: mail.fromName, address: from },
    to: { name: '', address: mail.recipient },
    envelope: { from, to: mail.recipient },
    subject: mail.subject,
    html: mail.html,
    text: mail.text,
    date: new Date(mail.created),
    // A function of the row: a mail that was sent twice around a crash can be told as one.
    messageId: `<${mail.id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
    headers: { 'Auto-Submitted': 'auto-generated', ...unfolded(mail.headers) },
  }
}

// Folding a List-Unsubscribe line would break its DKIM signature at relays that unfold it.
function unfolded(headers: Record<string, string>) {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, { prepared: true, value }]))
}

function refusal(error: Error & { responseCode?: number }): Undelivered {
  return new Undelivered(error.message, (error.responseCode ?? 0) >= 500)
}

/** A number from 0 to 1 that is always the same for the same mail: spreads retries without chance. */
export function spread(id: string): number {
  return createHash('sha256').update(id).digest().readUInt32BE(0) / 2 ** 32
}
