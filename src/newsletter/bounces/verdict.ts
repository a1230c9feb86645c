import { goneForGood, passing } from './words.js'

// RFC 3463: the mailbox (5.1.1), its domain (5.1.2), the way it is written (5.1.3), moved without an address (5.1.6), a domain that
// takes no mail (5.1.10, RFC 7505), a mailbox that was closed (5.2.1).
const gone = new Set(['5.1.1', '5.1.2', '5.1.3', '5.1.6', '5.1.10', '5.2.1'])
// Codes that servers give for anything: what is said beside them decides.
const vague = new Set(['', '5.0.0', '5.1.0', '5.2.0', '5.5.0', '5.4.4'])

// Not inside of an address of a machine or a name, where such numbers stand as well.
const enhanced = /(?<![\w.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)/
const answerCode = /(?:^|[\s:;<>(#])([245]\d\d)(?=[\s\-#:]|$)/

/**
 * Decides between hard and soft. Soft wins wherever two things said contradict each other.
 * @param status the code of a report, RFC 3463; empty when there is none
 * @param said what a server answered, in its words
 * @returns undefined for the verdict when neither tells
 */
export function verdictOf(
  status: string,
  said: string,
): { verdict: 'hard' | 'soft' | undefined; code: string } {
  const text = plain(said)
  const named = enhanced.exec(text)?.[1] ?? ''
  const codes = [...new Set([status, named].filter(isSpecific))]
  const code = codes.find(isPassing) ?? codes.at(0) ?? (status || named)
  if (codes.some(isPassing) || code.startsWith('4') || isPassingReply(text)) return { verdict: 'soft', code }
  if (passing.test(text)) return { verdict: 'soft', code }
  if (codes.some(one => gone.has(one))) return { verdict: 'hard', code }
  return { verdict: goneForGood.test(text) ? 'hard' : undefined, code }
}

/** A server's words without addresses and links, in which any word may stand. */
export function plain(text: string): string {
  return text
    .replace(/https?:\/\/\S+/gi, ' ')
    .replace(/[^\s<>"(),:;]+@[^\s<>"(),:;]+/g, ' ')
    .replace(/\s+/g, ' ')
}

function isSpecific(code: string): boolean {
  return /^[245]\.\d+\.\d+$/.test(code) && !code.endsWith('.0.0')
}

function isPassing(code: string): boolean {
  return isSpecific(code) && !gone.has(code) && !vague.has(code)
}

// RFC 5321, 4.2.3: 4xx may succeed later; 552 is about room.
function isPassingReply(text: string): boolean {
  const code = answerCode.exec(text)?.[1]
  return code !== undefined && (code.startsWith('4') || code === '552')
}
