import { domainToASCII } from 'node:url'

export interface Address {
  /** for delivery: the local part as written, the domain in lower-case ASCII */
  address: string
  /** for telling whether two are the same reader */
  key: string
}

// RFC 5321, 4.5.3.1: octets of the local part, of a label, of the whole path without its brackets.
const LONGEST_LOCAL_PART = 64
const LONGEST_LABEL = 63
const LONGEST_ADDRESS = 254

// RFC 5322's atext, and beyond ASCII what RFC 6531 adds to it, less controls, spaces and invisible marks.
const atom = /^(?:[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]|[^\p{ASCII}\p{C}\p{Z}])+$/u
const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/

/**
 * Reads a mail address as a mail server would: dot-atom before the last @, a domain of at least two labels after
 * it, which may be written in any script (IDNA). Quoted local parts and address literals are legal but stand in
 * nobody's mailbox today; they come from attempts to smuggle something past a parser, and are refused.
 * @returns undefined when it is no address
 */
export function parseAddress(typed: string): Address | undefined {
  const text = typed.trim().normalize('NFC')
  const at = text.lastIndexOf('@')
  if (at < 1) return undefined
  const local = text.slice(0, at)
  const domain = readDomain(text.slice(at + 1))
  if (!domain || !isLocalPart(local)) return undefined
  const address = `${local}@${domain}`
  if (Buffer.byteLength(address) > LONGEST_ADDRESS) return undefined
  return { address, key: address.toLowerCase() }
}

function isLocalPart(local: string): boolean {
  return (
    local.isWellFormed() &&
    Buffer.byteLength(local) <= LONGEST_LOCAL_PART &&
    local.split('.').every(part => atom.test(part))
  )
}

// What nearly everybody has: nothing of it can mean anything else, and to read it otherwise takes half the time of a form.
const plainDomain = /^(?:[a-z0-9]{1,63}\.)+[a-z]{2,63}$/

function readDomain(typed: string): string | undefined {
  if (plainDomain.test(typed)) return typed
  // URL parsing would forgive what a mail server does not: ports, escapes, slashes, a number for an address.
  if (/[\p{C}\p{Z}%/\\:?#@[\]]/u.test(typed)) return undefined
  const domain = domainToASCII(typed).toLowerCase()
  const labels = domain.split('.')
  const wellFormed = labels.every(part => part.length <= LONGEST_LABEL && label.test(part))
  const top = labels.at(-1) ?? ''
  return wellFormed && labels.length >= 2 && /[a-z]/.test(top) && top.length >= 2 ? domain : undefined
}
