import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'

/** A multipart body of fields and files, as a browser without scripts sends it: each time with another boundary. */
export function multipart(
  fields: Record<string, string>,
  files: { name: string; content: Buffer | string; field?: string }[] = [],
): { payload: Buffer; headers: Record<string, string> } {
  const boundary = `handpress-test-${randomUUID()}`
  const pieces: Buffer[] = []
  for (const [name, value] of Object.entries(fields)) {
    pieces.push(
      Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
    )
  }
  for (const { name, content, field = 'files' } of files) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n`
    pieces.push(Buffer.from(head), Buffer.from(content), Buffer.from('\r\n'))
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return {
    payload: Buffer.concat(pieces),
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  }
}

/** The codename on the page that a source sees once. */
export function codenameIn(html: string): string {
  return /id="codename">([^<]+)</.exec(html)?.[1] ?? ''
}

/** The token that the forms of a source carry who has come back; empty where nobody has. */
export function sessionIn(html: string): string {
  return /name="session" value="([^"]+)"/.exec(html)?.[1] ?? ''
}

/** Every file below a folder. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map(name => path.join(folder, name))
    .filter(file => statSync(file).isFile())
}

/** Sealed parts of all tips in a data directory. */
export function sealedParts(dataDir: string): string[] {
  return filesBelow(path.join(dataDir, 'tips/sealed')).sort()
}

/** Whether any file below a folder, or its name, holds the mark. */
export function holding(folder: string, mark: string): string[] {
  return filesBelow(folder).filter(file => file.includes(mark) || readFileSync(file).includes(mark))
}
