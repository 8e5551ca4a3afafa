// A conversation: its title, its messages, and the composer below them.

import { Link, useParams } from '@tanstack/react-router';
import { Ellipsis, MessageSquareOff } from 'lucide-react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Conversation } from '../api/conversations.ts';
import { modelOf } from '../api/conversations.ts';
import type { Attachment, Message } from '../api/messages.ts';
import { Problem } from '../api/problem.ts';
import { pathOf } from '../api/rows.ts';
import { updateConversation, useConversation } from '../frame/conversations.ts';
import { useConversationActions } from '../frame/history-row.tsx';
import { RenameField } from '../frame/rename-field.tsx';
import { TopBar } from '../frame/top-bar.tsx';
import { strings } from '../strings.ts';
import { Button, buttonClass, IconButton } from '../ui/button.tsx';
import { Empty } from '../ui/empty.tsx';
import { MenuButton } from '../ui/menu-button.tsx';
import { PageTitle } from '../ui/page-title.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { startAsking, startEditing, startRegenerating, startResuming, stopAnswering, useAnswer } from './answers.ts';
import { type Choosing, Composer } from './composer.tsx';
import { entriesOf } from './entries.ts';
import { ChatLayout } from './layout.tsx';
import { MessageList } from './message-list.tsx';
import { MessagesSkeleton } from './messages-skeleton.tsx';
import { refreshPath, usePath } from './path.ts';
import { useStopKey } from './use-stop-key.ts';

export function ConversationPage() {
  const { conversationId } = useParams({ from: '/inside/c/$conversationId' });
  return (
    <ChatLayout>
      <ConversationView key={conversationId} id={conversationId} />
    </ChatLayout>
  );
}

function Title({ conversation }: { conversation: Conversation }) {
  const [renaming, setRenaming] = useState(false);
  const actions = useConversationActions(conversation.id, () => setRenaming(true));
  const title = conversation.title ?? strings.history.untitled;
  return (
    <>
      <PageTitle>{title}</PageTitle>
      <TopBar
        title={
          renaming ? (
            <RenameField
              conversation={conversation}
              onDone={() => setRenaming(false)}
              className="w-full max-w-form text-3"
            />
          ) : (
            <h1 className="truncate text-3 font-semibold">{title}</h1>
          )
        }
      >
        <MenuButton items={actions}>
          {(props) => (
            <IconButton {...props} label={strings.history.actions(title)} icon={Ellipsis} className="-me-2" />
          )}
        </MenuButton>
      </TopBar>
    </>
  );
}

function Gone() {
  return (
    <div>
      <h1 className="sr-only">{strings.notFound.title}</h1>
      <Empty icon={MessageSquareOff} title={strings.notFound.title} text={strings.notFound.text}>
        <Link to="/" className={buttonClass('primary')}>
          {strings.chat.gone}
        </Link>
      </Empty>
    </div>
  );
}

function ConversationView({ id }: { id: string }) {
  const conversation = useConversation(id);
  const path = usePath(id);
  const live = useAnswer(id);
  const settle = useCallback(() => refreshPath(id), [id]);
  const messages = useMemo(() => pathOf(path.data), [path.data]);
  const entries = useMemo(() => entriesOf(messages, live), [messages, live]);
  const running = live !== null && live.phase !== 'refused';

  const last = messages.at(-1);
  // Once for each state of the message: an answer that cannot be taken up is not asked for again and again.
  const resumed = useRef<Message>(undefined);
  useEffect(() => {
    if (running || last === resumed.current) return;
    if (last?.role !== 'assistant' || (last.status !== 'streaming' && last.status !== 'pending')) return;
    resumed.current = last;
    startResuming(last, settle);
  }, [last, running, settle]);
  useStopKey(id, running);

  const onEdit = useCallback((message: Message, content: string) => startEditing(message, content, settle), [settle]);
  const onRegenerate = useCallback((message: Message) => startRegenerating(message, settle), [settle]);
  const onSend = async (content: string, attachments: Attachment[]): Promise<boolean> => {
    startAsking(id, content, attachments, settle);
    return true;
  };
  const { data } = conversation;
  const onChoose = (change: Partial<Choosing>): void => {
    if (!data) return;
    const { model, documentChat } = change;
    if (model) void updateConversation(data, { model });
    if (documentChat !== undefined) void updateConversation(data, { document_chat: documentChat });
  };

  const problem = conversation.error ?? path.error;
  if (problem instanceof Problem && problem.status === 404) {
    return (
      <>
        <TopBar />
        <Gone />
      </>
    );
  }
  return (
    <>
      {data ? <Title conversation={data} /> : <TopBar />}
      {problem && messages.length === 0 ? (
        <div className="mx-auto w-full max-w-measure grow p-4">
          <ProblemNote error={problem}>
            <Button onClick={() => void Promise.all([conversation.refetch(), path.refetch()])}>
              {strings.tryAgain}
            </Button>
          </ProblemNote>
        </div>
      ) : path.isPending ? (
        <MessagesSkeleton />
      ) : entries.length === 0 ? (
        <p className="grow pt-12 text-center text-3 text-ink-3">{strings.chat.noMessages}</p>
      ) : (
        <MessageList
          entries={entries}
          hasOlder={path.hasNextPage && !path.isFetchingNextPage}
          loadOlder={path.fetchNextPage}
          onEdit={onEdit}
          onRegenerate={onRegenerate}
        />
      )}
      <p role="status" className="sr-only">
        {running ? strings.chat.started : live === null && last?.status === 'completed' ? strings.chat.finished : ''}
      </p>
      <div className="mx-auto w-full max-w-column shrink-0 px-4 pb-4 wide:px-6">
        <Composer
          conversationId={id}
          choosing={{ model: data ? modelOf(data) : null, documentChat: data?.document_chat ?? true }}
          running={running}
          onChoose={onChoose}
          onSend={onSend}
          onStop={() => void stopAnswering(id)}
        />
      </div>
    </>
  );
}
