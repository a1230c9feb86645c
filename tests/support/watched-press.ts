import { openPress } from './press.js'
import { freePort } from './program.js'

/** A press that notes every byte that comes to it over the line. */
export async function openWatchedPress() {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const press = await openPress({ PORT: String(port), SITE_URL: origin })
  const line: Buffer[] = []
  press.http.server.on('connection', socket => socket.on('data', chunk => line.push(chunk)))
  await press.http.listen({ port, host: '127.0.0.1' })
  return { press, origin, came: () => Buffer.concat(line).toString('latin1') }
}
