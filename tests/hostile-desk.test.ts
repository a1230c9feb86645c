import { hostileDesk } from './support/hostile-desk.js'

// One text that is of several sorts; `npm run test:torture` writes all that there are.
const text = 'javascript:pwned()//"><img src=x onerror=pwned()>'

hostileDesk({ each: [text], all: [text] })
