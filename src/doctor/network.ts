import { isLoopback } from '../foundation/loopback.js'
import { type Finding, ok, warn } from './finding.js'

/**
 * Whether anything is listened for beyond this machine. Neither door speaks TLS: that is the proxy's, and the mail server's.
 * @param bounces where bounces are taken by SMTP, if anywhere
 */
export function listening(host: string, bounces: { host: string } | undefined): Finding[] {
  const open = [
    ...(isLoopback(host) ? [] : [`HOST is ${host}`]),
    ...(!bounces || isLoopback(bounces.host) ? [] : [`BOUNCE_LISTEN is at ${bounces.host}`]),
  ]
  if (open.length === 0) return [ok('network', 'Only this machine reaches the program itself.')]
  return open.map(said =>
    warn(
      'network',
      `${said}: what comes there is not encrypted. Listen on 127.0.0.1 and let proxy and mail server do so for the world, or see that nobody else reaches the port (a container’s own network, a firewall).`,
    ),
  )
}
