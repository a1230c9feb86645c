import { hostileBodies } from './support/hostile-bodies.js'
import { payloads } from './support/payloads.js'

// Some of each sort; `npm run test:torture` takes all.
hostileBodies(payloads.filter((_, index) => index % 6 === 0))
