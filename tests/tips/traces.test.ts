import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sql } from '../../src/foundation/database.js'
import { openSqlite } from '../../src/foundation/sqlite.js'
import { serveProgram } from '../support/program.js'
import { codenameIn, filesBelow, multipart } from '../support/tips.js'

const MB = 1_048_576
const source = '127.77.13.37'
const marks = ['MARK-MESSAGE', 'MARK-FILENAME', 'MARK-CONTENT', 'MARK-AGENT', 'MARK-LANGUAGE', source]

interface Answer {
  status: number
  body: string
}

/** Sends a form from a marked address with a marked browser, as curl or a script would. */
function send(
  base: string,
  path: string,
  body: { payload: Buffer; headers: Record<string, string> },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...body.headers,
      'content-length': body.payload.length,
      'user-agent': 'MARK-AGENT',
      'accept-language': 'MARK-LANGUAGE',
    }
    const sending = request(`${base}${path}`, { method: 'POST', localAddress: source, headers }, response => {
      let text = ''
      response.setEncoding('utf8').on('data', chunk => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
    })
    sending.on('error', reject)
    sending.end(body.payload)
  })
}

/** The forms in which a mark could lie somewhere. */
function disguises(mark: string): string[] {
  const bytes = Buffer.from(mark)
  const base64 = [0, 1, 2].map(shift =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift ? 4 : 0, -4),
  )
  return [mark, bytes.toString('hex'), encodeURIComponent(mark), ...base64].filter(form => form.length > 5)
}

test('a marked tip leaves no mark on the disk or in the output, down every path, and outlives kill -9', async () => {
  const paper = await serveProgram()
  const marked = multipart({ message: 'MARK-MESSAGE' }, [
    { name: 'MARK-FILENAME.txt', content: 'MARK-CONTENT' },
  ])
  const tooLarge = multipart({ message: 'MARK-MESSAGE' }, [
    { name: 'MARK-FILENAME', content: Buffer.alloc(101 * MB, 'MARK-CONTENT') },
  ])
  const first = await send(paper.url, '/tips', marked)
  expect(first.status).toBe(200)
  expect((await send(paper.url, '/tips', tooLarge)).status).toBe(413)
  expect((await send(paper.url, '/tips', multipart({ message: '', contact: 'MARK-MESSAGE' }))).status).toBe(
    422,
  )
  expect((await send(paper.url, '/tips/return', multipart({ codename: 'MARK-MESSAGE' }))).status).toBe(422)
  const statuses: number[] = []
  for (let count = 0; count < 10; count++)
    statuses.push(
      (await send(paper.url, '/tips', multipart({ message: '', contact: 'MARK-MESSAGE' }))).status,
    )
  expect(statuses).toContain(429)
  const second = await send(paper.url, '/tips/return', multipart({ codename: codenameIn(first.body) }))
  expect(second.body).toContain('1 message and 1 file')

  paper.child.kill('SIGKILL')
  await paper.ended
  const places = filesBelow(paper.dataDir).map(file => ({
    file,
    bytes: Buffer.concat([Buffer.from(file), readFileSync(file)]),
  }))
  places.push({ file: 'output', bytes: Buffer.from(paper.printed()) })
  const found = places.flatMap(({ file, bytes }) =>
    marks
      .flatMap(disguises)
      .filter(form => bytes.includes(form))
      .map(form => `${file}: ${form}`),
  )
  expect(found).toEqual([])

  const again = await serveProgram({ DATA_DIR: paper.dataDir })
  const returned = await send(again.url, '/tips/return', multipart({ codename: codenameIn(first.body) }))
  expect(returned.body).toContain('1 message and 1 file')
})

test('an upload of 100 MB passes with flat memory', async () => {
  const paper = await serveProgram()
  await picturesDone(paper.dataDir)
  const folder = `/proc/${paper.child.pid}`
  const peak = () => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`${folder}/status`, 'utf8'))?.[1]) / 1_024
  // Without a message the files are sealed and then refused, so that the derivation of a codename, which takes
  // 128 MiB by design, stays out of the measurement.
  const upload = (size: number) =>
    send(paper.url, '/tips', multipart({ message: '' }, [{ name: 'a', content: Buffer.alloc(size) }]))
  await upload(8 * MB)
  writeFileSync(`${folder}/clear_refs`, '5') // starts the peak anew (proc_pid_clear_refs(5))
  const before = peak()
  expect((await upload(99 * MB)).status).toBe(422)
  process.stderr.write(
    `100 MB upload: peak resident memory ${before.toFixed(0)} MB before, ${peak().toFixed(0)} MB after\n`,
  )
  expect(peak() - before).toBeLessThan(64)
})

/** Waits until the sample edition's pictures are made, which takes memory of its own. */
async function picturesDone(dataDir: string): Promise<void> {
  const db = openSqlite(path.join(dataDir, 'site.db'))
  while (await db.get(sql`select 1 from media where awaits_avif = 1`))
    await new Promise(resolve => setTimeout(resolve, 100))
  await db.close()
}
