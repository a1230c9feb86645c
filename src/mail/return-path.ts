// RFC 5321, 4.5.3.1.1
const LONGEST_LOCAL_PART = 64

/**
 * The return path of a mail (VERP): the sender's address with a tag behind a plus sign, or `bounces+<tag>` when that would be
 * too long. The domain is the sender's, so that SPF is aligned.
 * @param tag letters and digits; without one, bounces go to the sender's address
 */
export function returnPath(mailFrom: string, tag?: string): string {
  if (!tag) return mailFrom
  const [local, domain] = parts(mailFrom)
  const tagged = `${local}+${tag}`
  return `${Buffer.byteLength(tagged) <= LONGEST_LOCAL_PART ? tagged : `bounces+${tag}`}@${domain}`
}

/** The tag of a return path that was made here; undefined for any other address. Capitals do not matter. */
export function tagOf(mailFrom: string, address: string): string | undefined {
  const [ownLocal, ownDomain] = parts(mailFrom)
  const [local, domain] = parts(address)
  const plus = local.lastIndexOf('+')
  if (plus < 0 || domain.toLowerCase() !== ownDomain.toLowerCase()) return undefined
  const mailbox = local.slice(0, plus).toLowerCase()
  const ours = mailbox === ownLocal.toLowerCase() || mailbox === 'bounces'
  return ours ? local.slice(plus + 1).toLowerCase() || undefined : undefined
}

function parts(address: string): [string, string] {
  const at = address.lastIndexOf('@')
  return [address.slice(0, at), address.slice(at + 1)]
}
