import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { type Program, serveProgram } from '../support/program.js'
import { jpeg } from './darkroom.js'
import { largest, packedBeside, refused } from './hostile.js'

const megabyte = 1_048_576

test('neither bombs nor large uploads make the program grow', async () => {
  // Before anything is sent: making them takes so long on a busy machine that the server would let go of the connection meanwhile.
  const hostile = [...(await refused()), ...packedBeside()]
  const picture = await largest()
  const program = await serveProgram({ SITE_URL: '', RATE_LIMITS: 'off' })
  const send = await uploader(program)
  await send('warm-up.jpg', await jpeg())
  const grown = await growth(program, async () => {
    for (const [name, content] of hostile) await send(name, content)
  })
  // Unpacked, the least of them takes 300 MB, the first 2.5 GB.
  expect(grown / megabyte).toBeLessThan(250)

  const upload = await growth(program, async () => {
    await Promise.all([1, 2, 3, 4].map(number => send(`${number}.jpg`, Buffer.alloc(39 * megabyte))))
  })
  // 160 MB went through.
  expect(upload / megabyte).toBeLessThan(120)

  const decoding = await growth(program, async () => {
    await Promise.all([1, 2, 3].map(number => send(`${number}.jpg`, picture)))
  })
  // One picture of the most pixels at a time, as the decoder holds it: 6 bytes a pixel.
  expect(decoding / megabyte).toBeLessThan(420)
}, 300_000)

/** How far above where it began the program's memory went meanwhile, in bytes. */
async function growth({ child }: Program, work: () => Promise<void>): Promise<number> {
  const status = async (name: string) =>
    Number(
      new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(
        await readFile(`/proc/${child.pid}/status`, 'utf8'),
      )?.[1],
    ) * 1_024
  // proc(5): 5 makes the highest mark start again from here.
  await writeFile(`/proc/${child.pid}/clear_refs`, '5')
  const before = await status('VmRSS')
  await work()
  return (await status('VmHWM')) - before
}

/** Sets the paper up as its owner does, and resolves with what sends a file. */
async function uploader({ url, printed }: Program) {
  const link = () => /\/admin\/setup\?token=\S+(?=\n)/.exec(printed())?.[0] ?? ''
  await expect.poll(link).not.toBe('')
  const setup = link()
  const password = 'seven horses on a green hill'
  const owner = { name: 'Ada Owner', email: 'ada@example.org', password, repeat: password }
  const entered = await fetch(url + setup, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams(owner),
  })
  const cookie = entered.headers
    .getSetCookie()
    .map(line => line.split(';', 1)[0])
    .join('; ')
  const page = await (await fetch(`${url}/admin/media`, { headers: { cookie } })).text()
  const token = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
  return async (name: string, content: Buffer): Promise<void> => {
    const body = new FormData()
    body.append('files', new Blob([new Uint8Array(content)]), name)
    const headers = { cookie, accept: 'application/json', 'x-csrf-token': token }
    const answer = await fetch(`${url}/admin/media`, { method: 'POST', body, headers })
    expect(answer.status, name).toBe(200)
  }
}
