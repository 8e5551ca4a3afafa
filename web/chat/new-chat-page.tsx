// An empty chat: a greeting, what is running, the composer, and ideas made of what the person has.

import { Link, useNavigate } from '@tanstack/react-router';
import { CircleDot } from 'lucide-react';
import { useRef, useState } from 'react';
import { makeConversation } from '../api/conversations.ts';
import type { Attachment } from '../api/messages.ts';
import { useProfile } from '../frame/account.tsx';
import { addConversation } from '../frame/conversations.ts';
import { TopBar } from '../frame/top-bar.tsx';
import { strings } from '../strings.ts';
import { PageTitle } from '../ui/page-title.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { startAsking } from './answers.ts';
import { type Choosing, Composer } from './composer.tsx';
import { ChatLayout } from './layout.tsx';
import { builtInModel } from './model-name.ts';
import { refreshPath, startEmptyPath } from './path.ts';
import { Starters } from './starters.tsx';
import { useModels } from './use-models.ts';

const words = strings.chat;

function greeting(name: string, now = new Date()): string {
  const hour = now.getHours();
  const hello = hour < 5 || hour >= 18 ? words.evening : hour < 12 ? words.morning : words.afternoon;
  return words.greeting(hello, name.trim().split(/\s+/)[0] ?? '');
}

function Lead({ onlyBuiltIn }: { onlyBuiltIn: boolean }) {
  if (!onlyBuiltIn) return <p className="mt-2 max-w-lead text-4/6 text-ink-2">{words.modelLead}</p>;
  return (
    <p className="mt-2 max-w-lead text-4/6 text-ink-2">
      {words.builtInLead}{' '}
      <Link to="/settings/models" className="font-semibold text-accent hover:underline">
        {words.addModel}
      </Link>{' '}
      {words.addModelAfter}
    </p>
  );
}

export function NewChatPage() {
  const navigate = useNavigate();
  const profile = useProfile();
  const models = useModels();
  const [choice, setChoice] = useState<Partial<Choosing>>({});
  const [problem, setProblem] = useState<unknown>(null);
  const usual = models.data?.find((each) => !each.built_in) ?? models.data?.[0];
  // A second click before the page has turned would start, and pay for, a second chat.
  const busy = useRef(false);
  const model = choice.model ?? profile.data?.default_model ?? usual?.id ?? null;
  const documentChat = choice.documentChat ?? true;
  const onlyBuiltIn = models.data?.every((each) => each.built_in) ?? false;

  const onSend = async (content: string, attachments: Attachment[]): Promise<boolean> => {
    if (busy.current) return false;
    busy.current = true;
    setProblem(null);
    try {
      const made = await makeConversation({ ...(model ? { model } : {}), document_chat: documentChat });
      addConversation(made);
      startEmptyPath(made.id);
      startAsking(made.id, content, attachments, () => refreshPath(made.id));
      await navigate({ to: '/c/$conversationId', params: { conversationId: made.id } });
      return true;
    } catch (error) {
      setProblem(error);
      return false;
    } finally {
      busy.current = false;
    }
  };

  return (
    <ChatLayout>
      <PageTitle>{strings.frame.newChat}</PageTitle>
      <TopBar>
        {onlyBuiltIn || model === builtInModel ? (
          <Link
            to="/settings/models"
            className="flex items-center gap-2 rounded-1 px-2 py-1 text-2 font-medium text-ink-2 hover:text-ink"
          >
            <CircleDot aria-hidden size={15} strokeWidth={1.75} />
            {words.builtInModel}
          </Link>
        ) : null}
      </TopBar>
      <div className="min-h-0 grow overflow-y-auto">
        <div className="mx-auto flex min-h-full w-full max-w-column-wide flex-col px-4 pt-greeting pb-8 wide:px-6">
          <div className="px-1.5 pb-6">
            <h1 className="text-7 font-bold">{profile.data ? greeting(profile.data.display_name ?? '') : '\u00a0'}</h1>
            <Lead onlyBuiltIn={onlyBuiltIn} />
          </div>
          {problem ? <ProblemNote error={problem} className="mb-3" /> : null}
          <Composer
            conversationId={null}
            choosing={{ model, documentChat }}
            running={false}
            onChoose={(change) => setChoice({ ...choice, ...change })}
            onSend={onSend}
            onStop={() => undefined}
          />
          <Starters offerModel={onlyBuiltIn} onAsk={(content, attachments) => void onSend(content, attachments)} />
        </div>
      </div>
    </ChatLayout>
  );
}
