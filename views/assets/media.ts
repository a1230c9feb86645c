// The picture library: progress while uploading, and the focal point by a click. Without scripts both are plain forms.
import './media/focal-point.js'
import './media/upload.js'
