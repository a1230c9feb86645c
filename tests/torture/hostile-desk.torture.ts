import { hostileDesk, sorts } from '../support/hostile-desk.js'
import { payloads } from '../support/payloads.js'

hostileDesk({ each: sorts, all: [...sorts, ...payloads] })
