import type { MenuEntry } from '../foundation/desk.js'
import type { SignedIn } from './schema.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** asks who did not prove to be there in the last ten minutes to do so first */
    confirmed?: boolean
    /** open to who still owes the second factor that the newsroom asks for */
    withoutFactor?: boolean
  }
  interface FastifyRequest {
    /** whose session this is and how far it reaches; set inside the signed-in scope */
    signedIn: SignedIn
    /** what every page of the desk shows to who is signed in */
    furniture?: {
      csrf: string
      menu: MenuEntry[]
      /** what seals the texts that this account's browsers keep until they are saved */
      copiesKeys: string
    }
  }
}
