// Saves the file as it was added. The server hands out an address that opens it for a while.

import { linkToFile } from '../api/documents.ts';
import { asProblem } from '../api/problem.ts';
import { showToast } from '../ui/toasts.ts';

export async function downloadDocument(id: string): Promise<void> {
  try {
    const link = document.createElement('a');
    link.href = await linkToFile(id);
    link.download = '';
    link.click();
  } catch (error) {
    showToast(asProblem(error).message);
  }
}
