import { createPublicKey, type KeyObject } from 'node:crypto'

/** What has to stand in the DNS as TXT at `<selector>._domainkey.<domain>` (RFC 6376, 3.6.1; RFC 8463, 4.2). */
export function dkimRecord(key: KeyObject): string {
  return `v=DKIM1; k=${key.asymmetricKeyType}; p=${publicPart(key)}`
}

/** Whether a record publishes the public half of a key. */
export function publishes(record: string, key: KeyObject): boolean {
  const [, given] = /(?:^|;)\s*p\s*=([^;]*)/.exec(record) ?? []
  return given?.replace(/\s/g, '') === publicPart(key)
}

/** A text as a zone file writes it: in strings of at most 255 characters. */
export function zoneText(text: string): string {
  return (text.match(/.{1,255}/g) ?? ['']).map(piece => `"${piece}"`).join(' ')
}

function publicPart(key: KeyObject): string {
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  // RFC 8463: of an Ed25519 key the 32 bytes themselves.
  return (key.asymmetricKeyType === 'ed25519' ? spki.subarray(-32) : spki).toString('base64')
}
