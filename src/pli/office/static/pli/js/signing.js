// What the signing page needs.
import "./start.js";
import "./send-once.js";
import "./menu.js";
import "./dialog.js";
import "./copy.js";
import "./toast.js";
import "./code-input.js";
import "./page-viewer.js";
import "./signature.js";
import "./place-mark.js";
import "./next-step.js";
