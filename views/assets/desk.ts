// What every page of the desk may use. Everything works without it; it only spares a click or a page.
import './desk/confirm.js'
import './desk/open-entry.js'
