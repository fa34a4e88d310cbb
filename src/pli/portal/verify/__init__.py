"""The public page: anybody checks a PDF or an evidence number."""
