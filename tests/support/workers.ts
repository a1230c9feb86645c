import { type IncomingHttpHeaders, request } from 'node:http'
import { expect } from 'vitest'
import type { Program } from './program.js'
import { serveProgram } from './program.js'

export interface Company extends Program {
  /** process ids of the workers that began to serve, in their order */
  workers(): number[]
  /** the process that does the scheduled work */
  leader(): number
}

/** The program with so many workers, all of which serve. */
export async function serveTogether(
  count: number,
  environment: Record<string, string> = {},
): Promise<Company> {
  const program = await serveProgram({ WORKERS: String(count), ...environment })
  const company = {
    ...program,
    workers: () => pids(program.printed(), /"worker":(\d+),"msg":"a worker serves"/g),
    leader: () =>
      pids(program.printed(), /"pid":(\d+),"msg":"this process does the scheduled work"/g).at(-1) ?? 0,
  }
  await expect.poll(() => company.workers().length, { timeout: 60_000 }).toBe(count)
  await expect.poll(company.leader, { timeout: 60_000 }).not.toBe(0)
  return company
}

function pids(printed: string, pattern: RegExp): number[] {
  return [...printed.matchAll(pattern)].map(([, pid]) => Number(pid))
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** Asks over a connection of its own, which workers take in turn. */
export function ask(
  url: string,
  { headers = {}, payload }: { headers?: Record<string, string>; payload?: string | Buffer } = {},
  agent: Parameters<typeof request>[1]['agent'] = false,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const method = payload === undefined ? 'GET' : 'POST'
    const length = payload === undefined ? {} : { 'content-length': Buffer.byteLength(payload) }
    const asking = request(url, { agent, method, headers: { ...headers, ...length } }, answer => {
      const chunks: Buffer[] = []
      answer.on('data', chunk => chunks.push(chunk))
      answer.on('error', reject)
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      )
    })
    asking.on('error', reject)
    asking.end(payload)
  })
}
