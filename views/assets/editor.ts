// Turns the form of an article into a desk: the text formatted as it is written, saved as one goes.
import { openEditor } from './editor/page.js'

const form = document.querySelector<HTMLFormElement>('form#manuscript')
if (form) openEditor(form)
