import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server'
import type { Clock } from '../foundation/clock.js'
import type { Database } from '../foundation/database.js'
import { farewell } from '../foundation/farewell.js'
import type { Challenges } from './challenges.js'
import { factorsRepository } from './factors.repository.js'
import type { Passkey } from './schema.js'

/**
 * EdDSA and ES256 (COSE, RFC 9053), which have 128 bits of strength. RSA is neither asked for nor taken: what devices make of it has
 * 2048 bits, which are 112 (NIST SP 800-57, table 2).
 */
const ALGORITHMS = [-8, -7]
/** How long a COSE key of RSA is whose modulus has 3072 bits (RFC 8230, section 4). */
const STRONG_RSA_BYTES = 400

// Only who uses passkeys pays for the library.
const webAuthn = () => import('@simplewebauthn/server')

/** What a passkey is asked for: to come in, as the second factor of somebody, or to prove that somebody is there. */
export type Use = 'sign-in' | `second-factor ${string}` | `confirm ${string}`

/** An answer that was right, to be noted in the transaction of what it opens. */
export interface Answered {
  accountId: string
  /** @returns false when the same answer was used before */
  spend(tx: Database): Promise<boolean>
}

interface Services {
  db: Database
  clock: Clock
  challenges: Challenges
  /** the site's origin */
  siteUrl: string
}

export type Passkeys = ReturnType<typeof passkeys>

/** Passkeys (WebAuthn Level 3): discoverable, with the person verified, so that each is enough to come in. */
export function passkeys({ db, clock, challenges, siteUrl }: Services) {
  const rpID = new URL(siteUrl).hostname
  const expected = (purpose: string) => ({
    expectedChallenge: (challenge: string) => challenges.isOurs(challenge, purpose),
    expectedOrigin: siteUrl,
    expectedRPID: rpID,
    requireUserVerification: true,
  })

  return {
    /** An account's passkeys, with the day on which those end that earlier versions took on too short a key. */
    async of(accountId: string): Promise<(Passkey & { ends?: Date })[]> {
      const known = await factorsRepository(db).passkeysOf(accountId)
      if (!known.some(isShort)) return known
      const { ends } = await farewell(db, clock)
      return known.map(passkey => (isShort(passkey) ? { ...passkey, ends } : passkey))
    },

    /** What a browser needs to make a passkey for an account. */
    async registrationOptions(
      account: { id: string; email: string; name: string },
      siteName: string,
    ): Promise<object> {
      const { generateRegistrationOptions } = await webAuthn()
      const known = await factorsRepository(db).passkeysOf(account.id)
      return generateRegistrationOptions({
        rpName: siteName,
        rpID,
        userID: new Uint8Array(Buffer.from(account.id)),
        userName: account.email,
        userDisplayName: account.name || account.email,
        challenge: challenges.newChallenge(`register ${account.id}`),
        excludeCredentials: known.map(({ id, transports }) => ({ id, transports: JSON.parse(transports) })),
        supportedAlgorithmIDs: ALGORITHMS,
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      })
    },

    /**
     * Checks what a browser answered to `registrationOptions`.
     * @returns the passkey and how to keep it; undefined when the answer is not right
     */
    async registered(accountId: string, name: string, response: unknown) {
      const { verifyRegistrationResponse } = await webAuthn()
      const answer = response as RegistrationResponseJSON
      const { verified, registrationInfo } = await verifyRegistrationResponse({
        response: answer,
        supportedAlgorithmIDs: ALGORITHMS,
        ...expected(`register ${accountId}`),
      }).catch(refused)
      if (!verified || !registrationInfo) return undefined
      const { id, publicKey, counter, transports = [] } = registrationInfo.credential
      const passkey: Passkey = {
        ...{ id, accountId, name, counter, created: clock().toISOString(), lastUsed: null },
        publicKey: Buffer.from(publicKey).toString('base64url'),
        transports: JSON.stringify(transports),
      }
      const challenge = challengeOf(answer)
      return async (tx: Database): Promise<boolean> =>
        (await challenges.spend(tx, challenge)) && (await factorsRepository(tx).addPasskey(passkey))
    },

    /** What a browser needs to ask for a passkey: one of an account where that is known, any of ours otherwise. */
    async requestOptions(use: Use, accountId?: string): Promise<object> {
      const { generateAuthenticationOptions } = await webAuthn()
      const known = accountId ? await factorsRepository(db).passkeysOf(accountId) : []
      return generateAuthenticationOptions({
        rpID,
        challenge: challenges.newChallenge(use),
        allowCredentials: known.map(({ id, transports }) => ({ id, transports: JSON.parse(transports) })),
        userVerification: 'required',
      })
    },

    /** Checks what a browser answered to `requestOptions`. @returns undefined when the answer is not right */
    async answered(use: Use, response: unknown): Promise<Answered | undefined> {
      const answer = response as AuthenticationResponseJSON
      const passkey = typeof answer?.id === 'string' && (await factorsRepository(db).passkey(answer.id))
      if (!passkey || (isShort(passkey) && !(await farewell(db, clock)).lasts())) return undefined
      const { verifyAuthenticationResponse } = await webAuthn()
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: answer,
        ...expected(use),
        credential: {
          id: passkey.id,
          publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
          counter: passkey.counter,
        },
      }).catch(refused)
      if (!verified || !authenticationInfo) return undefined
      const challenge = challengeOf(answer)
      return {
        accountId: passkey.accountId,
        async spend(tx) {
          if (!(await challenges.spend(tx, challenge))) return false
          await factorsRepository(tx).usePasskey(
            passkey.id,
            authenticationInfo.newCounter,
            clock().toISOString(),
          )
          return true
        },
      }
    },
  }
}

/** Whether a passkey is on an RSA key with less than 128 bits of strength, as earlier versions took them. */
function isShort({ publicKey }: Pick<Passkey, 'publicKey'>): boolean {
  const key = Buffer.from(publicKey, 'base64url')
  // A map that begins with its type, 3 for RSA: CTAP2 wants its keys in order.
  return key.subarray(1, 3).equals(Buffer.from([1, 3])) && key.length < STRONG_RSA_BYTES
}

// The library throws for whatever does not fit; to whoever sent it that is one and the same: not right.
function refused(): { verified: false; registrationInfo?: undefined; authenticationInfo?: undefined } {
  return { verified: false }
}

// The library has compared it by now, so it is there.
function challengeOf({ response }: { response: { clientDataJSON: string } }): string {
  return JSON.parse(Buffer.from(response.clientDataJSON, 'base64url').toString()).challenge
}
