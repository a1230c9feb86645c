import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { type Figures, median } from './figures.js'
import { load, ROUNDS } from './load.js'
import { quiet, startPress } from './server.js'

const form = { 'content-type': 'application/x-www-form-urlencoded' }
let reader = 0

/** A sign-up of somebody new with each request. */
const signingUp = {
  method: 'POST' as const,
  headers: form,
  requests: [
    {
      setupRequest: (request: object) => ({
        ...{ ...request, path: '/newsletter', method: 'POST' as const, headers: form },
        body: `email=reader-${reader++}@example.org`,
      }),
    },
  ],
}

/** One sign-up of somebody new. @throws when it is not answered well */
export async function signUp(url: string): Promise<void> {
  const body = `email=reader-${reader++}@example.org`
  const { status } = await fetch(`${url}/newsletter`, { method: 'POST', headers: form, body })
  if (status >= 400) throw new Error(`A sign-up was answered ${status}.`)
}

/** Sign-ups that are on the disk before they are answered, against what one writer's bare appends reach on that disk. */
export async function measureSignUps(folder: string): Promise<Figures> {
  const press = await startPress(path.join(folder, 'press'))
  try {
    await quiet(press)
    const alone: number[] = []
    const many: number[] = []
    const raw: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      raw.push(appends(path.join(folder, 'raw')))
      alone.push(await rate(press.url, 1))
      many.push(await rate(press.url, 64))
    }
    const row = (rates: number[]) => ({
      'press/s': median(rates),
      'control/s': median(raw),
      ratio: median(rates.map((value, round) => value / (raw[round] ?? 1))),
    })
    return { 'sign-ups, one client': row(alone), 'sign-ups, 64 clients': row(many) }
  } finally {
    await press.stop()
  }
}

async function rate(url: string, connections: number): Promise<number> {
  return (await load(url, { ...signingUp, connections })).requests.average
}

/** 4 KiB appended and synced, so many times a second. */
function appends(file: string): number {
  const descriptor = openSync(file, 'a')
  const block = Buffer.alloc(4_096, 1)
  const begun = performance.now()
  let count = 0
  for (; performance.now() - begun < 1_000; count++) {
    writeSync(descriptor, block)
    fdatasyncSync(descriptor)
  }
  closeSync(descriptor)
  return (count / (performance.now() - begun)) * 1_000
}
