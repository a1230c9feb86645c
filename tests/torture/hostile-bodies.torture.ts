import { hostileBodies } from '../support/hostile-bodies.js'
import { payloads } from '../support/payloads.js'

hostileBodies(payloads)
