import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { programFolder } from '../src/config.js'

const example = (file: string): string => readFileSync(path.join(programFolder, '.deploy', file), 'utf8')

test('nginx takes TLS of today only, and replaces what a visitor says of where they come from', () => {
  const conf = example('nginx.conf')
  expect(conf).toMatch(/^ {2}ssl_protocols +TLSv1\.2 TLSv1\.3;$/m)
  expect(conf).toMatch(/^ {2}ssl_ciphers +ECDHE\+AESGCM:ECDHE\+CHACHA20;$/m)
  for (const file of [conf, example('nginx-tips.conf')]) {
    const passing = file.match(/proxy_pass /g) ?? []
    const said = [...file.matchAll(/proxy_set_header X-Forwarded-For (\S+);/g)].map(([, from]) => from)
    expect(said).toHaveLength(passing.length)
    expect(said.filter(from => from !== '$remote_addr' && from !== '127.0.0.1')).toEqual([])
  }
})

test('both proxies lead people from http to https, and refuse machines that would send a token in clear', () => {
  const [, plain = ''] = /listen 80;([\s\S]*?)\n}/.exec(example('nginx.conf')) ?? []
  expect(plain).toContain('location = /metrics { return 403; }')
  expect(plain).toContain('location ^~ /newsletter/events { return 403; }')
  expect(plain).toContain('location / { return 301 https://paper.example$request_uri; }')
  const [, caddy = ''] = /^http:\/\/paper\.example \{([\s\S]*?)\n}/m.exec(example('Caddyfile')) ?? []
  expect(caddy).toMatch(
    /@machines path \/metrics \/newsletter\/events \/newsletter\/events\/\*\s+handle @machines \{\s+respond 403/,
  )
  expect(caddy).toContain('redir https://paper.example{uri} permanent')
})

test('no proxy writes an address down: links in mails carry tokens', () => {
  const servers = example('nginx.conf')
    .split(/^server \{/m)
    .slice(1)
  expect(servers).toHaveLength(3)
  for (const server of servers) {
    expect(server).toMatch(/^ {2}access_log off;$/m)
    // What is less than critical is told with the request's line.
    expect(server).toMatch(/^ {2}error_log (\/dev\/null|\S+ crit);$/m)
  }
  // Caddy logs requests where it is told to, in a site, and errors unless they are left out.
  const [, ...sites] = example('Caddyfile').split(/^\}/m)
  expect(sites.join()).not.toMatch(/^\s+log\b/m)
  expect(example('Caddyfile')).toContain('exclude http.log.error http.handlers.reverse_proxy')
})

test('whatever starts the program calls its own first line, which gives Node what cannot be set later', () => {
  for (const [unit, command] of [
    ['handpress.service', 'serve --without tips'],
    ['handpress-tips.service', 'serve --only tips'],
  ] as const)
    expect(example(unit)).toContain(`\nExecStart=/opt/handpress/dist/main.js ${command}\n`)
  expect(example('../Dockerfile')).toContain('\nENTRYPOINT ["dist/main.js"]\n')
  const { start, handpress } = JSON.parse(example('../package.json')).scripts
  expect([start, handpress]).toEqual([
    'npm run --silent build && dist/main.js serve',
    'npm run --silent build && dist/main.js',
  ])
})

// /bin/kill is in a package that small systems lack: a reload failed there.
test('the units start nothing beside the program but a shell, which every system has', () => {
  const started = ['handpress.service', 'handpress-tips.service'].flatMap(unit =>
    [...example(unit).matchAll(/^Exec\w+=(\S+)/gm)].map(([, program]) => program),
  )
  expect([...new Set(started)].sort()).toEqual(['/bin/sh', '/opt/handpress/dist/main.js'])
})

test('the units give the program a user of its own, no right beside, one folder to write to', () => {
  for (const unit of ['handpress.service', 'handpress-tips.service']) {
    const lines = example(unit).split('\n')
    for (const line of [
      ...['User=handpress', 'NoNewPrivileges=yes', 'CapabilityBoundingSet=', 'RestrictSUIDSGID=yes'],
      ...[
        'ProtectSystem=strict',
        'ProtectHome=yes',
        'PrivateDevices=yes',
        'SocketBindDeny=any',
        'UMask=0077',
      ],
    ])
      expect(lines, unit).toContain(line)
    const hidden = lines.find(line => line.startsWith('InaccessiblePaths=')) ?? ''
    expect(hidden.split(/[= ]/), unit).toContain('-/opt/handpress/.git')
  }
})
