// What the office's pages need; each module takes care of its own data attributes.
import "./start.js";
import "./send-once.js";
import "./menu.js";
import "./dialog.js";
import "./copy.js";
import "./toast.js";
import "./shortcuts.js";
import "./selection.js";
import "./code-input.js";
import "./dropzone.js";
import "./people-picker.js";
