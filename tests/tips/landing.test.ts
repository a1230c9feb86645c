import { mkdtemp, rm } from 'node:fs/promises'
import type { OutgoingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { FastifyInstance } from 'fastify'
import { beforeAll, describe, expect, test } from 'vitest'
import { openApp } from '../../src/app.js'
import { readConfig } from '../../src/config.js'
import { createLogger } from '../../src/foundation/log.js'
import { form, movableClock, openPress } from '../support/press.js'
import { codenameIn } from '../support/tips.js'

const onion = `http://${'a'.repeat(56)}.onion`
const site = 'https://paper.example'

interface Seen {
  url: string
  status: number
  headers: OutgoingHttpHeaders
  body: string
}

describe('the landing-page rules of SecureDrop’s directory:', () => {
  let seen: Seen[]
  let logged: string
  beforeAll(async () => {
    const dataDir = await mkdtemp(path.join(tmpdir(), 'handpress-'))
    const lines: string[] = []
    const log = createLogger('trace', { write: line => void lines.push(line) })
    const config = readConfig({ DATA_DIR: dataDir, SITE_URL: site, ONION_URL: onion })
    const { http } = await openApp(config, { log })
    lines.length = 0
    seen = await everyKindOfPage(http)
    logged = lines.join('')
    return async () => {
      await http.close()
      await rm(dataDir, { recursive: true })
    }
  })

  test('nothing comes from elsewhere, and no policy lets it', () => {
    for (const { url, headers, body } of seen) {
      const loaded = [
        ...body.matchAll(
          /<(?:script|img|iframe|object|embed|source|video|audio|form)\b[^>]*\b(?:src|href|action|data)="([^"]*)"/g,
        ),
      ]
      const links = [...body.matchAll(/<link\b[^>]*>/g)].filter(([tag]) => !tag.includes('rel="canonical"'))
      const addresses = [
        ...loaded.map(([, address]) => address),
        ...links.map(([tag]) => /href="([^"]*)"/.exec(tag)?.[1]),
      ]
      expect([url, addresses.filter(address => !/^\/(?!\/)/.test(address ?? ''))]).toEqual([url, []])
      expect(body).not.toMatch(/url\(|@import|http-equiv|analytics|ga\.js/i)
      expect(body).not.toMatch(/\sstyle="|\son\w+="/)
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("form-action 'self'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toMatch(/https?:|\*|unsafe|data:/)
    }
  })

  test('every answer says so: no storing, no referrer, no frame, no sniffing, https from now on', () => {
    for (const { url, headers } of seen) {
      expect([url, String(headers['cache-control'])]).toEqual([url, expect.stringContaining('no-store')])
      expect({ url, ...headers }).toMatchObject({
        url,
        pragma: 'no-cache',
        expires: '-1',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'x-download-options': 'noopen',
        'x-permitted-cross-domain-policies': 'master-only',
        'x-xss-protection': '1; mode=block',
        'strict-transport-security': expect.stringMatching(/^max-age=(\d{8,})/),
      })
      for (const name of [
        'etag',
        'last-modified',
        'server',
        'x-powered-by',
        'vary',
        'content-encoding',
        'refresh',
        'link',
      ])
        expect([url, name, headers[name]]).toEqual([url, name, undefined])
    }
  })

  test('the page itself answers 200 without a redirect, sets no cookie and is written to no log', () => {
    const [page] = seen
    expect(page).toMatchObject({ url: '/tips', status: 200 })
    expect(page?.headers['content-type']).toBe('text/html; charset=utf-8')
    for (const { url, headers } of seen.filter(({ url }) => !url.endsWith('signed in')))
      expect([url, headers['set-cookie']]).toEqual([url, undefined])
    expect(logged).toBe('')
  })

  test('the onion address is offered to Tor Browser and stands there as text, never as a link', () => {
    expect(seen[0]?.body).toContain(`>${onion}/tips</code>`)
    for (const { url, headers, body } of seen) {
      expect(body).not.toMatch(/<[^>]*\b(href|src|action)="[^"]*\.onion/)
      expect(headers['onion-location']).toBe(onion + url.replace(/ .*/, ''))
    }
  })

  test('no name of a host of its own tells who asks for it: every address is a path of the site', () => {
    for (const { body } of seen) {
      const whole = [...body.matchAll(/(?:href|action|src)="(https?:[^"]*)"/g)].map(([, address]) => address)
      expect(whole.filter(address => !address?.startsWith(`${site}/tips`))).toEqual([])
    }
  })
})

test('who comes through Tor or a proxy on this machine shares a larger measure, so that one does not shut out all', async () => {
  const { clock } = movableClock()
  const press = await openPress({}, { clock })
  const knock = (remoteAddress: string) =>
    press.http.inject({ method: 'POST', url: '/tips', remoteAddress, ...form({ message: '' }) })
  const answers: number[] = []
  for (let count = 0; count < 60; count++)
    answers.push((await knock(count % 2 ? '127.0.0.1' : '::1')).statusCode)
  expect(answers.every(status => status !== 429)).toBe(true)
  for (let count = 0; count < 1_000 && answers.at(-1) !== 429; count++)
    answers.push((await knock('127.0.0.1')).statusCode)
  expect(answers.at(-1)).toBe(429)
  expect((await knock('127.0.0.2')).statusCode).not.toBe(429)
})

/** The page first, then forms, answers and problems of every kind. */
async function everyKindOfPage(http: FastifyInstance): Promise<Seen[]> {
  const seen: Seen[] = []
  const see = async (url: string, body?: { payload: string; headers: Record<string, string> }, note = '') => {
    const {
      statusCode,
      headers,
      body: text,
    } = await http.inject(body ? { method: 'POST', url, ...body } : url)
    seen.push({ url: url + note, status: statusCode, headers, body: text })
    return text
  }
  await see('/tips')
  await see('/tips/return')
  await see('/tips/what-we-hold')
  await see('/tips/nowhere')
  await see('/tips', form({ message: '' }))
  await see('/tips', { payload: '{}', headers: { 'content-type': 'application/json' } })
  await see('/tips', form({ message: 'x'.repeat(50_001) }))
  const codename = codenameIn(await see('/tips', form({ message: 'x' })))
  await see('/tips/return', form({ codename }), ' signed in')
  await see('/tips/return', form({ codename: 'seven words which lead nowhere at all' }))
  return seen
}
