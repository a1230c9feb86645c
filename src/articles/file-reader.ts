import { answerQuestions } from '../foundation/thread-answers.js'
import { type FiledArticle, readFiles } from './article-files.js'

/** The thread that reads files ahead of an import; `article-files.ts` is its other end. */

answerQuestions<string[], FiledArticle[]>(async files => readFiles(files))
