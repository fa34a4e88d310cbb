// What the portal and the verify page need.
import "./start.js";
import "./send-once.js";
import "./menu.js";
import "./dialog.js";
import "./copy.js";
import "./toast.js";
import "./code-input.js";
import "./dropzone.js";
