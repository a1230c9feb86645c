import { type Challenge, solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/web/pbkdf2'

/**
 * Works for the right to send when much is arriving: half a second or some more, without holding up the page, since the
 * browser derives keys beside it.
 * @returns what goes into the field `pow`, which stands before any file; empty where it cannot be had. Without one a form is
 * taken as well, as long as not much is arriving.
 */
export async function proofOfWork(): Promise<string> {
  try {
    const answer = await fetch('/tips/challenge')
    const challenge = (await answer.json()) as Challenge
    const solution = await solveChallenge({ challenge, deriveKey })
    return solution ? btoa(JSON.stringify({ challenge, solution })) : ''
  } catch {
    return ''
  }
}
