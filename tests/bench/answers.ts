import { get } from 'node:http'

export interface RawAnswer {
  status: number
  /** in their order, without those that Node writes itself */
  headers: Record<string, string>
  /** as it stood on the wire */
  body: Buffer
  /** bytes of head and body */
  length: number
}

const nodesOwn = new Set(['date', 'connection', 'keep-alive'])

export function rawAnswer(url: string, headers: Record<string, string>): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent: false }, response => {
      const chunks: Buffer[] = []
      response.on('data', chunk => chunks.push(chunk))
      response.on('end', () => {
        const { statusCode: status = 0, statusMessage, rawHeaders } = response
        const body = Buffer.concat(chunks)
        const lines: [string, string][] = []
        for (let n = 0; n < rawHeaders.length; n += 2)
          lines.push([rawHeaders[n] ?? '', rawHeaders[n + 1] ?? ''])
        const head = `HTTP/1.1 ${status} ${statusMessage}\r\n${lines.map(line => `${line.join(': ')}\r\n`).join('')}\r\n`
        const kept = lines.filter(([name]) => !nodesOwn.has(name.toLowerCase()))
        resolve({
          ...{ status, body, headers: Object.fromEntries(kept) },
          length: Buffer.byteLength(head) + body.length,
        })
      })
    }).on('error', reject)
  })
}

/** The address of the lead article on a front page. */
export async function leadArticle(base: string): Promise<string> {
  const html = await (await fetch(`${base}/`)).text()
  const [, path] = /<h2><a href="(\/articles\/[^"]+)"/.exec(html) ?? []
  if (!path) throw new Error('The front page has no lead article.')
  return `${base}${path}`
}
