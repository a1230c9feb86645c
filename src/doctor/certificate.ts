import { once } from 'node:events'
import { connect } from 'node:tls'
import { type Finding, fail, ok, warn } from './finding.js'

const PATIENCE = 5_000
const DAY = 86_400_000
const SOON = 21
const NOW = 7

/** Whether browsers believe the certificate, and for how long yet. @param siteUrl the public origin */
export async function certificate(siteUrl: string, now: Date): Promise<Finding[]> {
  const { protocol, hostname, port } = new URL(siteUrl)
  if (protocol !== 'https:')
    return [
      warn(
        'certificate',
        `${siteUrl} is not https: passwords and tips can be read on their way. Put a certificate in front, and set SITE_URL.`,
      ),
    ]
  const shown = await shownAt(hostname, Number(port || 443))
  if ('problem' in shown)
    return [
      warn(
        'certificate',
        `${siteUrl} cannot be reached from here (${shown.problem}). Ask from another machine.`,
      ),
    ]
  const days = Math.floor((shown.until - now.getTime()) / DAY)
  const until = new Date(shown.until).toISOString().slice(0, 10)
  if (days < 0) return [fail('certificate', `It ended on ${until}: browsers refuse the paper. Renew it.`)]
  if (shown.refusal)
    return [
      fail(
        'certificate',
        `Browsers do not believe the certificate of ${hostname} (${shown.refusal}). Get one that names it, with its chain.`,
      ),
    ]
  const left = `It is good until ${until}, ${days} more days.`
  if (days < NOW) return [fail('certificate', `${left} Its renewal has failed: look after it today.`)]
  if (days < SOON)
    return [warn('certificate', `${left} It should have been renewed by now: look why it was not.`)]
  return [ok('certificate', left)]
}

/** What is shown there, believed or not. */
async function shownAt(
  host: string,
  port: number,
): Promise<{ until: number; refusal: string } | { problem: string }> {
  const name = host.replace(/^\[|\]$/g, '')
  const socket = connect({
    host: name,
    port,
    servername: /[a-z]/i.test(name) ? name : '',
    rejectUnauthorized: false,
  })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(PATIENCE) })
    const refusal = socket.authorized ? '' : String(socket.authorizationError)
    return { until: Date.parse(socket.getPeerCertificate().valid_to), refusal }
  } catch (error) {
    return { problem: (error as NodeJS.ErrnoException).code ?? (error as Error).message }
  } finally {
    socket.destroy()
  }
}
