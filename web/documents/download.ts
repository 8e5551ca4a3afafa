// Saves the file as it was added. The address needs the bearer token, so the bytes are fetched first.

import { readDocument } from '../api/documents.ts';
import { asProblem } from '../api/problem.ts';
import { fetchAnswer } from '../api/request.ts';
import { showToast } from '../ui/toast.tsx';

export async function downloadDocument(id: string): Promise<void> {
  try {
    const [document_, response] = await Promise.all([
      readDocument(id),
      fetchAnswer(`/documents/${id}/download`, { accept: '*/*' }),
    ]);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = document_.original_name;
    link.click();
    URL.revokeObjectURL(link.href);
  } catch (error) {
    showToast(asProblem(error).message);
  }
}
